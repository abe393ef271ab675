package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

func main() {
	log.SetFlags(0)
	binary := flag.String("binary", "./bookgate", "the program to measure")
	clients := flag.Int("c", 16, "requests at once, 1 to 256")
	seconds := flag.Int("seconds", 3, "how long each operation is driven, 1 to 60")
	orders := flag.Int("orders", 2000, "orders in the store before measuring, up to 1000000")
	flag.Parse()
	if *clients < 1 || *clients > 256 || *seconds < 1 || *seconds > 60 || *orders < 1 || *orders > 1_000_000 {
		log.Fatal("bench: a flag is out of its bounds; see -help")
	}
	if err := measure(*binary, *clients, time.Duration(*seconds)*time.Second, *orders); err != nil {
		log.Fatal("bench: ", err)
	}
}

// measure fills a store, drives each operation and prints its line.
func measure(binary string, clients int, d time.Duration, orders int) error {
	dir, err := os.MkdirTemp("", "bookgate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scene, err := harness.NewScene(binary, dir)
	if err != nil {
		return err
	}
	g, err := scene.Start("--log-level", "error")
	if err != nil {
		return err
	}
	defer g.Stop()
	r, err := newRun(g, scene, clients, d)
	if err != nil {
		return err
	}
	if err := r.fill(orders); err != nil {
		return err
	}
	fmt.Printf("%d orders of %d lines, %d clients, %s each, %d cores shared with the load\n", orders, linesEach, clients, d, runtime.NumCPU())
	fmt.Printf("%-10s %10s %9s %9s %14s %10s\n", "operation", "req/s", "p50", "p99", "CPU s/1,000", "RSS")
	for _, op := range r.operations() {
		line, err := r.drive(op)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		fmt.Println(line)
	}
	return nil
}
