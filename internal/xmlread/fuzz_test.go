package xmlread

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// FuzzEncoding checks that, whatever the bytes and the labels are, the result is
// UTF-8 that XML allows, or an error of ours.
func FuzzEncoding(f *testing.F) {
	for _, body := range seeds(f) {
		for _, charset := range []string{"", "utf-8", "UTF-16", "latin1", "windows-1252", "none such"} {
			f.Add(body, charset)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		src, err := ToUTF8(body, charset, &testFormat)
		var e *order.Error
		switch {
		case err != nil && (!errors.As(err, &e) || e.Detail == ""):
			t.Errorf("the refusal %v is not an error of ours", err)
		case err == nil && src.checkCharacters() != nil:
			t.Errorf("read is %+q", src.Bytes)
		case err == nil:
			again, err := ToUTF8(body, charset, &testFormat)
			if err != nil || !bytes.Equal(again.Bytes, src.Bytes) || MediaType(body, charset) == "" {
				t.Errorf("read again it is %+q, %v", again.Bytes, err)
			}
		}
	})
}
