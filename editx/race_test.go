//go:build race

package editx

func init() { underRace = true }
