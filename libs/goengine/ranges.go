package main

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
	"github.com/gobwas/glob"
)

const maxPattern = 64 << 10

// matchVersions tells for each version whether a constraint takes it (null: it is no version), and
// the text of the newest that it takes; of equal ones, the first.
func matchVersions(constraint string, versions []string) *answer {
	if len(constraint) > maxPattern {
		return &answer{Error: &failure{Message: "the constraint is too long", Limit: "input"}}
	}
	wanted, err := semver.NewConstraint(constraint)
	if err != nil {
		return &answer{Error: &failure{Message: fmt.Sprintf("constraint %q: %v", constraint, err)}}
	}
	reply := answer{Matches: make([]*bool, len(versions))}
	var newest *semver.Version
	for i, text := range versions {
		version, err := semver.NewVersion(text)
		if err != nil {
			continue // no version: null in the answer
		}
		taken := wanted.Check(version)
		reply.Matches[i] = &taken
		if taken && (newest == nil || version.GreaterThan(newest)) {
			newest, reply.Newest = version, &versions[i]
		}
	}
	return &reply
}

// matchGlob tells for each text whether a pattern matches it.
func matchGlob(pattern, separators string, texts []string) *answer {
	if len(pattern) > maxPattern {
		return &answer{Error: &failure{Message: "the pattern is too long", Limit: "input"}}
	}
	compiled, err := glob.Compile(pattern, []rune(separators)...)
	if err != nil {
		return &answer{Error: &failure{Message: fmt.Sprintf("pattern %q: %v", pattern, err)}}
	}
	reply := answer{Matches: make([]*bool, len(texts))}
	for i, text := range texts {
		matched := compiled.Match(text)
		reply.Matches[i] = &matched
	}
	return &reply
}
