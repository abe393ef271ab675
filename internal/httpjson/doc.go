// Package httpjson reads the bodies of requests and writes those of answers:
// bounded, unpacked, and JSON in which no name stands twice in one object.
//
// Each dialect decides how much it accepts, how deep JSON may be nested and what a
// document must say. All dialects refuse the same fault of a body in the same
// words, and read numbers alike. [JSON.Object] checks a body, so that
// encoding/json reads it without surprise; [JSON.Parse] returns it as a [Value];
// an [Object] collects all that is wrong with the members.
package httpjson
