package notices

import (
	_ "embed"
	"encoding/json"
	"runtime"
)

// Notice is a part of the program that others wrote.
type Notice struct {
	Name    string `json:"name"`    // the path of a module, or what it is called
	Version string `json:"version"` // as go.mod has it
	License string `json:"license"` // SPDX identifiers with " AND " between
	Texts   []Text `json:"texts"`
}

// Text is a file of a module, byte for byte, or the part of one that is a notice.
type Text struct {
	File string `json:"file"` // its path in the module
	Text string `json:"text"`
}

// The parts that are not modules.
const (
	Standard = "Go standard library"
	SQLite   = "SQLite"
)

//go:embed notices.json
var list []byte

// All returns the notices, those of modules in the order of their paths.
func All() ([]Notice, error) {
	var all []Notice
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Name == Standard {
			all[i].Version = runtime.Version()
		}
	}
	return all, nil
}
