// Command podtool is what runs in the pods of a real node when a test needs no program of its own.
//
// One static program in two images. As pause it holds a pod's namespaces; its other words are what
// tests ask of a container: serve, get, cat, write, resolve, burn, fail.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: podtool WORD [ARGUMENT...]
  pause                hold a pod's namespaces and reap what is left there
  serve ADDRESS TEXT   answer every HTTP request on ADDRESS with TEXT
  get URL              print the body at URL; exit 1 unless it answers 200
  cat FILE...          print files
  write FILE TEXT      write TEXT to FILE
  say TEXT...          print TEXT
  resolve NAME         print the addresses of NAME
  burn                 use one processor until told to stop
  hold BYTES           take memory, touch all of it, and wait
  fail CODE            exit with CODE
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(word string, rest []string) error {
	switch {
	case word == "pause":
		return pause()
	case word == "serve" && len(rest) == 2:
		return serve(rest[0], rest[1])
	case word == "get" && len(rest) == 1:
		return get(rest[0])
	case word == "cat":
		return cat(rest)
	case word == "write" && len(rest) == 2:
		return os.WriteFile(rest[0], []byte(rest[1]), 0o600)
	case word == "say":
		fmt.Println(strings.Join(rest, " "))
		return nil
	case word == "resolve" && len(rest) == 1:
		return resolve(rest[0])
	case word == "burn":
		return burn()
	case word == "hold" && len(rest) == 1:
		return hold(rest[0])
	case word == "fail" && len(rest) == 1:
		code := 1
		fmt.Sscan(rest[0], &code)
		os.Exit(code)
	}
	fmt.Fprint(os.Stderr, usage)
	os.Exit(2)
	return nil
}

// told is done when the container is asked to stop.
func told() context.Context {
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	return ctx
}

func pause() error {
	ctx := told()
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-children:
			for {
				if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
					break
				}
			}
		}
	}
}

func serve(address, text string) error {
	server := &http.Server{Addr: address, Handler: http.HandlerFunc(
		func(answer http.ResponseWriter, request *http.Request) {
			fmt.Println(request.Method, request.URL.Path)
			fmt.Fprintln(answer, text)
		})}
	ctx := told()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Println("serving on", address)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func get(url string) error {
	client := &http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(os.Stdout, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return nil
}

func cat(files []string) error {
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		os.Stdout.Write(content)
	}
	return nil
}

func resolve(name string) error {
	addresses, err := net.LookupHost(name)
	if err != nil {
		return err
	}
	fmt.Println(strings.Join(addresses, "\n"))
	return nil
}

func burn() error {
	ctx := told()
	for ctx.Err() == nil {
	}
	return nil
}

func hold(size string) error {
	var bytes int
	if _, err := fmt.Sscan(size, &bytes); err != nil {
		return err
	}
	taken := make([]byte, bytes)
	for at := 0; at < bytes; at += 4096 {
		taken[at] = 1
	}
	fmt.Println("holding", bytes)
	<-told().Done()
	runtime.KeepAlive(taken)
	return nil
}
