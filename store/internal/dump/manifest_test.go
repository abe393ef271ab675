package dump

import (
	"testing"
	"time"
)

// TestDigestDistinguishesValues looks for rows that would be written alike.
func TestDigestDistinguishesValues(t *testing.T) {
	rows := [][]any{
		{nil, nil}, {nil, int64(0)}, {int64(0), nil}, {"", ""}, {"", nil}, {[]byte{}, nil}, {"ab", "c"}, {"a", "bc"}, {[]byte("a"), "bc"},
		{"a", []byte("bc")}, {int64(1), int64(2)}, {int64(2), int64(1)}, {int64(-1), int64(2)}, {"1", "2"},
	}
	seen := map[string]int{}
	for i, row := range rows {
		d := NewDigester(Define("t", 1, "a b"))
		if err := d.Add(row); err != nil {
			t.Fatal(err)
		}
		sum := d.Sum()
		if j, ok := seen[string(sum[:])]; ok {
			t.Errorf("%v and %v have one digest", rows[j], row)
		}
		seen[string(sum[:])] = i
	}
	if err := NewDigester(Define("t", 1, "a")).Add([]any{time.Now()}); err == nil {
		t.Error("a time was taken into a digest")
	}
	if a, b := NewDigester(Define("t", 1, "a b")).Sum(), NewDigester(Define("t", 1, "ab")).Sum(); a == b {
		t.Error("two tables without rows have one digest")
	}
}
