package reach

import "testing"

func TestShown(t *testing.T) {
	for address, want := range map[string]string{
		"https://orders.example.no/bookgate":            "https://orders.example.no/bookgate",
		"https://user:secret@orders.example.no/x":       "https://…@orders.example.no/x",
		"https://user:sec@ret@orders.example.no/x":      "https://…@orders.example.no/x",
		"https://user:sec/ret?x@orders.example.no":      "https://…@orders.example.no",
		"https://orders.example.no/x?token=secret":      "https://orders.example.no/x?…",
		"https://orders.example.no/x?token=sec?ret#top": "https://orders.example.no/x?…",
		"https://orders.example.no/x#secret":            "https://orders.example.no/x#…",
		"user:secret@orders.example.no:25":              "…@orders.example.no:25",
		"shop.example.no:port":                          "shop.example.no:port",
		"":                                              "",
	} {
		if got := Shown(address); got != want {
			t.Errorf("Shown(%q) = %q, want %q", address, got, want)
		}
	}
}
