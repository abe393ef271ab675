package editx

import (
	"io"
	"slices"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/order"
)

// writeDocument writes a model as a document of its kind. A version that is
// not known is written as the newest.
func writeDocument[T any](w io.Writer, d *document[T], from *T, version string) error {
	out, err := renderDocument(d, from, version)
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

func renderDocument[T any](d *document[T], from *T, version string) ([]byte, error) {
	return smallest(func(flat bool) ([]byte, error) {
		t := writer{arena: nodeArena{flat: flat}}
		t.composite(&d.root, from, "", 1)
		return t.document(d.root.name, versionOf(d, version))
	})
}

func versionOf[T any](d *document[T], version string) string {
	if slices.Contains(d.versions, version) {
		return version
	}
	return d.versions[len(d.versions)-1]
}

// document writes what lies on the stack as one document.
func (w *writer) document(root, version string) ([]byte, error) {
	e := w.gather(root, 0, 0)
	if w.err != nil {
		return nil, w.err
	}
	e.CreateAttr("version", version)
	doc := etree.NewDocument()
	doc.WriteSettings = writeSettings()
	doc.CreateProcInst("xml", `version="1.0" encoding="UTF-8"`)
	doc.CreateText("\n")
	doc.AddChild(e)
	doc.CreateText("\n")
	return doc.WriteToBytes()
}

// EncodeMessage writes orders as one EDItXMessage: version 1.2, the newest that
// is published, unless the header names another known one. NumberOfDocuments,
// DocumentType and VersionNumber are filled in; a message without a purpose is
// Original. Each order is written as Encode does.
func EncodeMessage(w io.Writer, h MessageHeader, orders []*order.Order) error {
	switch {
	case len(orders) == 0:
		return order.Errorf(order.Invalid, "message-empty", "The message has no order; an envelope holds one or more.").
			WithHint("Give the orders that it should hold.")
	case len(orders) > maxDocuments:
		return order.Errorf(order.TooLarge, "editx-documents", "The message has %d orders; at most %d are written in one.", len(orders), maxDocuments).
			WithHint("Divide them among several messages.")
	}
	h.DocumentType, h.VersionNumber, h.NumberOfDocuments = rootName, version, int64(len(orders))
	if h.Purpose == "" {
		h.Purpose = order.Original
	}
	out, err := smallest(func(flat bool) ([]byte, error) { return renderMessage(h, orders, flat) })
	if err == nil {
		_, err = w.Write(out)
	}
	return err
}

func renderMessage(h MessageHeader, orders []*order.Order, flat bool) ([]byte, error) {
	t := writer{arena: nodeArena{flat: flat}}
	t.composite(&messageDocument().root, &envelope{header: h}, "", 1)
	begin := len(t.stack)
	for _, o := range orders {
		t.enclose(o)
	}
	t.add(t.gather("EDItXMessagePayload", begin, 1), 1)
	return t.document(messageRoot, versionOf(messageDocument(), h.Version))
}

// enclose puts an order on the stack as a child of the payload.
func (w *writer) enclose(o *order.Order) {
	complete := withDefaults(o)
	begin := len(w.stack)
	w.extensions = newExtensionSet(complete.Kept)
	w.composite(&orderDocument.root, &complete, "/"+rootName, 3)
	w.flushRest(3)
	w.extensions = nil
	e := w.gather(rootName, begin, 2)
	e.CreateAttr("version", version)
	w.add(e, 2)
}
