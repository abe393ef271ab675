package hark

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of an answer. mediaType is also what the original request of
// an order is stored as.
const (
	mediaType    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// accepted returns the media type in which a client wants its answer: that of
// GraphQL over HTTP where it is named and nothing is liked better, else JSON, as
// clients expect that are older than the other type.
func accepted(r *http.Request) string {
	best, media := 0.0, mediaType
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			name, parameters, err := mime.ParseMediaType(part)
			if err != nil {
				continue
			}
			if name == "*/*" || name == "application/*" {
				name = mediaType
			}
			if name != mediaType && name != mediaGraphQL {
				continue
			}
			// Of two that are liked as well the one that is named first wins.
			if liked := quality(parameters["q"]); liked > best {
				best, media = liked, name
			}
		}
	}
	return media
}

// quality reads the weight of a media type (RFC 9110, 12.4.2).
func quality(text string) float64 {
	if text == "" {
		return 1
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}

// refusedStatus is the status of a request that was read and not executed. In
// JSON it is 200, as clients expect that read the errors from the body; the
// type of GraphQL over HTTP says it in the status as well.
func refusedStatus(media string) int {
	if media == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
