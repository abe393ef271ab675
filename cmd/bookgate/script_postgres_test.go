//go:build all

package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestStoriesOnPostgres plays the stories over PostgreSQL, each with an empty
// database; left out are those that are about the data folder.
func TestStoriesOnPostgres(t *testing.T) {
	for _, name := range []string{
		"crash",
		"db",
		"deliveries",
		"envelope",
		"erase",
		"feed",
		"hark",
		"inbox",
		"installer",
		"integrator",
		"listen",
		"email",
		"email-crash",
		"lost-202",
		"metrics",
		"montly",
		"montly-api",
		"poller",
		"profile",
		"replicas",
		"response",
		"retain",
		"sender",
		"webhook",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := storyParams(t, postgrestest.Schema(t))
			p.Files = []string{filepath.Join(stories, name+".txtar")}
			testscript.Run(t, p)
		})
	}
}

// TestStoreCopyStory plays the story that needs both databases.
func TestStoreCopyStory(t *testing.T) {
	t.Parallel()
	p := storyParams(t, "")
	address, setup, condition := postgrestest.Schema(t), p.Setup, p.Condition
	p.Files = []string{filepath.Join(stories, storeCopyStory)}
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("POSTGRES", address)
		return setup(e)
	}
	p.Condition = func(cond string) (bool, error) {
		if cond == "second" {
			return true, nil
		}
		return condition(cond)
	}
	testscript.Run(t, p)
}

// TestBackupStoryOnPostgres plays the story that needs another, empty database.
func TestBackupStoryOnPostgres(t *testing.T) {
	t.Parallel()
	p := storyParams(t, postgrestest.Schema(t))
	spare, setup := postgrestest.Schema(t), p.Setup
	p.Files = []string{filepath.Join(stories, "backup.txtar")}
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("SPARE", spare)
		return setup(e)
	}
	testscript.Run(t, p)
}
