// Package dump reads and writes a whole store: backup, verification, restore, and
// the copy from one database into another. It works on tables and rows of any
// engine; what it must know of their content it is given as [Content].
package dump
