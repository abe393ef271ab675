// Package order is the core of the exchange: what an order is, who may do what
// with it, and what happened to it.
//
// It knows neither HTTP nor SQL nor XML. The rules (route, mark, reduce, who
// sees what) are plain functions on [Order], run inside [Store.Update] and
// tested without a database. [Exchange] is the service that every API calls; it
// calls the [Store].
package order
