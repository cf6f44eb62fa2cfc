package main

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"github.com/gosimple/slug"
	"sigs.k8s.io/yaml"
)

// removed are sprig's functions that touch the outside: the process's variables (which hold
// secrets of whoever started it) and the name service (a template could send data out by asking).
var removed = []string{"env", "expandenv", "getHostByName"}

// functionSets returns the functions by the name of their set.
func functionSets() map[string]template.FuncMap {
	notifications := bounded(sprig.TxtFuncMap())
	for _, name := range removed {
		delete(notifications, name)
	}
	appset := template.FuncMap{}
	for name, function := range notifications {
		appset[name] = function
	}
	appset["normalize"] = normalize
	appset["slugify"] = slugify
	appset["toYaml"] = toYAML
	appset["fromYaml"] = fromYAML
	appset["fromYamlArray"] = fromYAMLArray
	return map[string]template.FuncMap{"appset": appset, "notifications": notifications}
}

// bounded puts a bound before the functions whose result is many times as large as their input.
// What grows slower than that is found by the guard.
func bounded(functions template.FuncMap) template.FuncMap {
	repeat := functions["repeat"].(func(int, string) string)
	functions["repeat"] = func(count int, text string) (string, error) {
		if count > 0 && len(text) > 0 && count > maxElements*8/len(text) {
			return "", tooMuch("repeat")
		}
		return repeat(count, text), nil
	}
	for _, name := range []string{"indent", "nindent"} {
		indent := functions[name].(func(int, string) string)
		functions[name] = func(spaces int, text string) (string, error) {
			if spaces > 0 && spaces > maxElements*8/(strings.Count(text, "\n")+1) {
				return "", tooMuch(name)
			}
			return indent(spaces, text), nil
		}
	}
	until := functions["until"].(func(int) []int)
	functions["until"] = func(count int) ([]int, error) {
		if count > maxElements || count < -maxElements {
			return nil, tooMuch("until")
		}
		return until(count), nil
	}
	untilStep := functions["untilStep"].(func(int, int, int) []int)
	functions["untilStep"] = func(start, stop, step int) ([]int, error) {
		if step != 0 && span(start, stop, step) > maxElements {
			return nil, tooMuch("untilStep")
		}
		return untilStep(start, stop, step), nil
	}
	seq := functions["seq"].(func(...int) string)
	functions["seq"] = func(params ...int) (string, error) {
		if seqSpan(params) > maxElements {
			return "", tooMuch("seq")
		}
		return seq(params...), nil
	}
	replace := functions["replace"].(func(string, string, string) string)
	functions["replace"] = func(old, new, text string) (string, error) {
		if n := strings.Count(text, old); n > 0 && len(new) > 0 && n > maxElements*8/len(new) {
			return "", tooMuch("replace")
		}
		return replace(old, new, text), nil
	}
	for _, name := range []string{"randAlphaNum", "randAlpha", "randAscii", "randNumeric"} {
		random := functions[name].(func(int) string)
		functions[name] = func(count int) (string, error) {
			if count > maxElements {
				return "", tooMuch(name)
			}
			return random(count), nil
		}
	}
	randBytes := functions["randBytes"].(func(int) (string, error))
	functions["randBytes"] = func(count int) (string, error) {
		if count > maxElements {
			return "", tooMuch("randBytes")
		}
		return randBytes(count)
	}
	return functions
}

func tooMuch(name string) error {
	return &failure{Message: name + " would make too much", Limit: "output"}
}

// span is how many steps lie between two numbers, as a float: differences may overflow.
func span(start, stop, step int) float64 {
	return (float64(stop) - float64(start)) / float64(step)
}

func seqSpan(params []int) float64 {
	switch len(params) {
	case 1:
		return max(span(1, params[0], 1), span(1, params[0], -1))
	case 2:
		return max(span(params[0], params[1], 1), span(params[0], params[1], -1))
	case 3:
		if params[1] != 0 {
			return span(params[0], params[2], params[1])
		}
	}
	return 0
}

var notAllowed = regexp.MustCompile(`[^-a-z0-9.]`)

// normalize makes a name that Kubernetes takes (behaviour.md, section 19).
func normalize(name string) string {
	name = notAllowed.ReplaceAllString(strings.ToLower(name), "-")
	if len(name) > 253 {
		name = name[:253]
	}
	return strings.Trim(name, "-.")
}

var slugMutex sync.Mutex // the library is set by variables of its package

// slugify makes a name of at most maxLen characters: slugify [maxLen=50] [smartTruncate=true] name.
func slugify(args ...any) (string, error) {
	maxLen, smart := 50, true
	switch len(args) {
	case 1:
	case 2, 3:
		length, ok := args[0].(int)
		if !ok {
			return "", fmt.Errorf("slugify: the length must be an integer, not %T", args[0])
		}
		maxLen = length
	default:
		return "", errors.New("slugify: expected [maxLen] [smartTruncate] name")
	}
	if len(args) == 3 {
		wanted, ok := args[1].(bool)
		if !ok {
			return "", fmt.Errorf("slugify: smartTruncate must be true or false, not %T", args[1])
		}
		smart = wanted
	}
	name, ok := args[len(args)-1].(string)
	if !ok {
		return "", fmt.Errorf("slugify: the name must be a string, not %T", args[len(args)-1])
	}
	slugMutex.Lock()
	defer slugMutex.Unlock()
	slug.MaxLength, slug.EnableSmartTruncate = maxLen, smart
	return slug.Make(name), nil
}

func toYAML(value any) (string, error) {
	data, err := yaml.Marshal(value)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(data), "\n"), nil
}

func fromYAML(text string) (map[string]any, error) {
	found := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &found); err != nil {
		return nil, err
	}
	return found, nil
}

func fromYAMLArray(text string) ([]any, error) {
	found := []any{}
	if err := yaml.Unmarshal([]byte(text), &found); err != nil {
		return nil, err
	}
	return found, nil
}

// tell lists functions and modules: what a client may rely on.
func tell(sets map[string]template.FuncMap) *about {
	found := about{Functions: map[string][]string{}, Removed: removed, Modules: map[string]string{}, Go: runtime.Version()}
	for name, functions := range sets {
		for function := range functions {
			found.Functions[name] = append(found.Functions[name], function)
		}
		sort.Strings(found.Functions[name])
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			found.Modules[module.Path] = module.Version
		}
	}
	return &found
}
