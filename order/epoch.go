package order

// Resume gives the change number behind which a reader goes on that has read
// through after in some epoch of a store. through and known are what
// Store.Since says of that epoch.
//
// What the reader saw beyond through was lost when the store was restored, and
// those numbers were given out again, so it goes on at through. The numbers of
// an epoch that the store does not know mean nothing here, so the reader begins
// anew. It may see changes again; it misses none.
func Resume(after, through int64, known bool) int64 {
	if !known {
		return 0
	}
	return min(after, through)
}
