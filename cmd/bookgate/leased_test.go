package main

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// checkLeased is the stories' check of a lease callback, as the vendor's own
// clients do it: it reads a request that receive stored and wants both of its
// signatures to be right.
//
//	leased -secret SECRET PATH
func checkLeased(p process) error {
	flags := flag.NewFlagSet("leased", flag.ContinueOnError)
	secret := flags.String("secret", "", "the text of the endpoint's secret")
	if _, err := p.parse(flags); err != nil {
		return err
	}
	path := p.path(flags.Arg(0))
	body, err := os.ReadFile(path + ".body")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path + ".headers")
	if err != nil {
		return err
	}
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(text, "\r\n"...))))
	if err != nil {
		return err
	}
	for _, vendor := range []string{"Montly", "LeaseCloud"} {
		signature := req.Header.Get(vendor + "-Signature")
		at, given, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",v1=")
		mac := hmac.New(sha256.New, []byte(*secret))
		fmt.Fprintf(mac, "%s.%s", at, body)
		if want := hex.EncodeToString(mac.Sum(nil)); given != want || req.Header.Get(vendor+"-Version") != "1.0.0" {
			return fmt.Errorf("%s-Signature is %q, want v1=%s", vendor, signature, want)
		}
	}
	fmt.Fprintf(p.out, "rightly signed: %s\n", body)
	return nil
}
