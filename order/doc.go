// Package order is the core of the exchange: what an order is, who may do what
// with it, and what happened to it.
//
// It knows neither HTTP nor SQL nor XML. The rules (route, mark, reduce, who
// sees what) are plain functions on [Order], run inside [Store.Update] and
// tested without a database. [Exchange] is the desk in front of them: every
// way into bookgate asks it, and it asks the [Store].
package order
