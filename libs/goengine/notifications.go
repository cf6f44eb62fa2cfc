package main

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// known is what the client looked up for the functions that need the world: this process has no
// way to it.
type known struct {
	Commits map[string]commit `json:"commits"`
	Details map[string]any    `json:"details"`
}

// commit is what GetCommitMetadata returns.
type commit struct {
	Message string    `json:"message"`
	Author  string    `json:"author"`
	Date    time.Time `json:"date"`
	Tags    []string  `json:"tags"`
}

// need says what a template asked for that is not known: the client looks it up and asks again.
type need struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

func (n *need) Error() string { return fmt.Sprintf("%s %q is not known", n.Kind, n.Key) }

// withNotificationFunctions adds time, strings and repo to the variables (behaviour.md, section
// 20); a variable of the caller's with such a name stays.
func withNotificationFunctions(data any, k known) any {
	variables, ok := data.(map[string]any)
	if !ok {
		if data != nil {
			return data
		}
		variables = map[string]any{}
	}
	for name, functions := range map[string]any{
		"time":    timeFunctions(),
		"strings": stringFunctions(),
		"repo":    repoFunctions(k),
	} {
		if _, taken := variables[name]; !taken {
			variables[name] = functions
		}
	}
	return variables
}

func timeFunctions() map[string]any {
	return map[string]any{
		"Now": time.Now,
		"Parse": func(text string) (time.Time, error) {
			return time.Parse(time.RFC3339, text)
		},
		"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond,
		"Millisecond": time.Millisecond, "Second": time.Second,
		"Minute": time.Minute, "Hour": time.Hour,
		"Layout": time.Layout, "ANSIC": time.ANSIC, "UnixDate": time.UnixDate,
		"RubyDate": time.RubyDate, "RFC822": time.RFC822, "RFC822Z": time.RFC822Z,
		"RFC850": time.RFC850, "RFC1123": time.RFC1123, "RFC1123Z": time.RFC1123Z,
		"RFC3339": time.RFC3339, "RFC3339Nano": time.RFC3339Nano, "Kitchen": time.Kitchen,
		"Stamp": time.Stamp, "StampMilli": time.StampMilli, "StampMicro": time.StampMicro,
		"StampNano": time.StampNano,
		"Sunday":    time.Sunday, "Monday": time.Monday, "Tuesday": time.Tuesday,
		"Wednesday": time.Wednesday, "Thursday": time.Thursday, "Friday": time.Friday,
		"Saturday": time.Saturday,
		"January":  time.January, "February": time.February, "March": time.March,
		"April": time.April, "May": time.May, "June": time.June, "July": time.July,
		"August": time.August, "September": time.September, "October": time.October,
		"November": time.November, "December": time.December,
	}
}

func stringFunctions() map[string]any {
	return map[string]any{
		"ReplaceAll": func(text, old, new string) (string, error) {
			if n := strings.Count(text, old); n > 0 && len(new) > 0 && n > maxElements*8/len(new) {
				return "", tooMuch("ReplaceAll")
			}
			return strings.ReplaceAll(text, old, new), nil
		},
		"ToUpper": strings.ToUpper,
		"ToLower": strings.ToLower,
	}
}

func repoFunctions(k known) map[string]any {
	return map[string]any{
		"RepoURLToHTTPS":    toHTTPS,
		"FullNameByRepoURL": fullName,
		"QueryEscape":       url.QueryEscape,
		"GetCommitMetadata": func(sha string) (commit, error) {
			found, ok := k.Commits[sha]
			if !ok {
				return commit{}, &need{Kind: "commit", Key: sha}
			}
			return found, nil
		},
		"GetAppDetails": func() (map[string]any, error) {
			if k.Details == nil {
				return nil, &need{Kind: "details"}
			}
			return k.Details, nil
		},
	}
}

// scp is git's short form of an ssh address: user@host:path.
var scp = regexp.MustCompile(`^(?:[^@/]+@)?([^:/]+):([^/].*|/.*)$`)

// toHTTPS returns a repository's address in its https form.
func toHTTPS(address string) (string, error) {
	host, path, err := hostAndPath(address)
	if err != nil {
		return "", err
	}
	return "https://" + host + "/" + path, nil
}

// fullName returns owner/name of a repository.
func fullName(address string) (string, error) {
	_, path, err := hostAndPath(address)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(path, ".git"), nil
}

func hostAndPath(address string) (string, string, error) {
	if !strings.Contains(address, "://") {
		parts := scp.FindStringSubmatch(address)
		if parts == nil {
			return "", "", fmt.Errorf("%q is no address of a repository", address)
		}
		return parts[1], strings.TrimPrefix(parts[2], "/"), nil
	}
	found, err := url.Parse(address)
	if err != nil {
		return "", "", fmt.Errorf("%q is no address of a repository", address)
	}
	host := found.Hostname()
	if found.Port() != "" && found.Scheme != "ssh" {
		host = found.Host
	}
	return host, strings.TrimPrefix(found.Path, "/"), nil
}
