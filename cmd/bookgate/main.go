package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/admin"
	"github.com/bookgate/bookgate/internal/cli/client"
	"github.com/bookgate/bookgate/internal/cli/document"
	"github.com/bookgate/bookgate/internal/cli/server"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGXFSZ) // a limit on the size of files is an error of the write, and not our end
	os.Exit(run(ctx, os.Args[1:], cli.App{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}))
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, a cli.App) int {
	a.Version = version
	return cli.Run(ctx, args, a, commands)
}

// commands are those of the program, in the groups in which help shows them.
func commands(a cli.App) []cli.Group {
	return []cli.Group{
		{ID: "server", Title: "The server:", Commands: server.Commands(a)},
		{ID: "admin", Title: "Administration, on the store itself:", Commands: admin.Commands(a)},
		{ID: "client", Title: "For senders and receivers:",
			Commands: append(client.Commands(a), document.Command(a, client.NewGet(a)))},
	}
}
