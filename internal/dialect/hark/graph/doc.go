// Package graph is the GraphQL schema of the device orders and what gqlgen
// makes of it: the executor, and the types of inputs and answers. Only
// schema.graphql, gqlgen.yml and this file are written by hand; after a change
// of the schema run go generate here.
//
// schema.graphql stands as the tools of GraphQL print a schema, its types by
// name, so that what a client prints from the introspection is this file.
package graph

//go:generate go run github.com/99designs/gqlgen@v0.17.98 generate
