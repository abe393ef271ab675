package editx

import (
	"strconv"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// shipmentOf returns the notice that is being read.
func (r *reader) shipmentOf() *shipment { return r.frames[0].at.(*shipment) }

// checkShipLine adds up the line, and warns of more copies than were ordered.
func checkShipLine(r *reader, f *frame) {
	l := f.at.(*tally)
	shipping, _ := l.number("QuantityShipping")
	r.shipmentOf().units += shipping
	ordered, said := l.number("OrderQuantity")
	if !said {
		return
	}
	backordered, _ := l.number("BackorderedQuantity")
	canceled, _ := l.number("CanceledQuantity")
	if sum := shipping + backordered + canceled; sum > ordered {
		r.reportValue(f, "OrderQuantity", strconv.FormatInt(ordered, 10),
			warn("line-shares", "%d shipping, %d back-ordered and %d cancelled are more than the %d ordered.", shipping,
				backordered, canceled, ordered))
	}
}

// checkCopy warns of the detail of an instruction that is missing.
func checkCopy(r *reader, f *frame) {
	if f.has("ProcessingInstructionCode") {
		return
	}
	for _, name := range []string{"AppliedCopyNumber", "BarcodeNumber", "SpineLabelString"} {
		if f.has(name) {
			r.reportValue(f, name, "", against("missing",
				"`<%s>` stands without the `<ProcessingInstructionCode>` that it belongs to.", name))
		}
	}
}

// has reports whether an element occurred.
func (fr *frame) has(name string) bool {
	i := fr.find(name)
	return i >= 0 && fr.seen&(1<<i) != 0
}

// checkMark checks the check digit of a package's number, since a scanner
// rejects a wrong one.
func checkMark(r *reader, f *frame) {
	m := f.at.(*tally)
	number := m.row("PackageMarkValue").text
	if m.row("PackageMarkTypeCode").text != "SSCC-18" || number == "" {
		return
	}
	bare := digits(number)
	switch want, ok := order.GTINCheck(bare); {
	case !ok || len(bare) != 18:
		r.reportValue(f, "PackageMarkValue", number,
			warn("sscc-check", "%s is not a valid SSCC-18: 18 digits are expected.", order.Truncate(number)))
	case want != bare[17]:
		r.reportValue(f, "PackageMarkValue", number,
			warn("sscc-check", "%s is not a valid SSCC-18: the last digit should be %c.", order.Truncate(number), want))
	}
}

// checkPackageReference remembers the package of a line.
func checkPackageReference(r *reader, f *frame) {
	if number := f.at.(*tally).row("PackageNumber").text; number != "" {
		s := r.shipmentOf()
		s.named = append(s.named, packageName{number, r.path(f) + "/PackageNumber", f.begins})
	}
}

// checkPackage counts the descriptions of a package.
func checkPackage(r *reader, f *frame) {
	s := r.shipmentOf()
	if s.packages == nil {
		s.packages = map[string]int{}
	}
	number := f.at.(*tally).row("PackageNumber").text
	if s.packages[number]++; s.packages[number] == 2 {
		r.reportValue(f, "PackageNumber", number, warn("package", "Package %s is described twice.", order.Truncate(number)))
	}
}

// checkPackages compares the number of packages with the number described, if
// any.
func checkPackages(r *reader, f *frame) {
	p := f.at.(*tally)
	described := int64(p.row("Package").times)
	if said, ok := p.number("NumberOfPackages"); ok && described > 0 && said != described {
		r.reportValue(f, "NumberOfPackages", printInteger(said),
			warn("package", "NumberOfPackages says %d, and %d are described.", said, described))
	}
}

// checkShipSummary compares the sender's counts with the lines.
func checkShipSummary(r *reader, f *frame) {
	s, summary := r.shipmentOf(), f.at.(*tally)
	compare := func(name string, are int64) {
		if said, ok := summary.number(name); ok && said != are {
			r.reportValue(f, name, printInteger(said), warn("summary", "%s says %d, and the lines add up to %d.", name,
				said, are))
		}
	}
	compare("NumberOfLines", int64(s.row("ItemDetail").times))
	compare("UnitsShipped", s.units)
}

// validateShipment checks that the packages of lines are described.
func validateShipment(r *reader, s *shipment, _ xmlread.Pos) error {
	for _, n := range s.named {
		if len(s.packages) > 0 && s.packages[n.number] == 0 {
			r.report(warn("package", "The line lies in package %s, which is not described.", order.Truncate(n.number)), n.at,
				n.path, n.number)
		}
	}
	return nil
}
