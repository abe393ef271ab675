// Package settings reads what an operator can configure, from flags, the environment, an
// env-file and defaults, and reports where each value comes from.
package settings
