package workspace

import (
	"slices"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Role is what a person is in one workspace.
type Role string

// The roles, each including what the next one may do.
const (
	Owner Role = "owner"
	Admin Role = "admin"
	Agent Role = "agent"
)

// Roles lists them, the most powerful first.
func Roles() []Role { return []Role{Owner, Admin, Agent} }

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// AtLeast reports whether r may do everything that other may. An unknown role may do nothing.
func (r Role) AtLeast(other Role) bool {
	mine, theirs := slices.Index(Roles(), r), slices.Index(Roles(), other)
	return mine >= 0 && theirs >= 0 && mine <= theirs
}

// ParseRole reads a role; anything else is a fault of code Invalid on field "role".
func ParseRole(text string) (Role, error) {
	if r := Role(text); r.Valid() {
		return r, nil
	}
	return "", fault.Errorf(fault.Invalid, "%q is not a role; choose owner, admin or agent", text).Because("role_unknown").On("role")
}

// Permission is one thing that a role may or may not do, and the name of an API key's scope.
type Permission string

// The permissions. Those that a key can hold are listed by [Scopes].
const (
	ReadMessages  Permission = "messages:read"
	SendMessages  Permission = "messages:send"
	ReadContacts  Permission = "contacts:read"
	WriteContacts Permission = "contacts:write"
	ReadNumbers   Permission = "numbers:read"
	WriteNumbers  Permission = "numbers:write"
	ReadEvents    Permission = "events:read"
	UseRealtime   Permission = "realtime:use"
	ReadPeople    Permission = "people:read"
	ReadWorkspace Permission = "workspace:read"

	WritePeople    Permission = "people:write"
	WriteWorkspace Permission = "workspace:write"
	ManageKeys     Permission = "keys:manage"
	ManageRealtime Permission = "realtime:manage"
	ManageOwners   Permission = "owners:manage"
)

// Grant is one row of the table of roles.
type Grant struct {
	Permission Permission
	// What says it in words for people.
	What string
	// Least is the least powerful role that has it.
	Least Role
	// Key tells whether an API key can hold it.
	Key bool
}

// Grants is the whole table of what each role and each API key may do. docs/guides/roles.md is made from it.
func Grants() []Grant {
	return []Grant{
		{ReadMessages, "read conversations and messages", Agent, true},
		{SendMessages, "answer, write first, retry, mark read, show typing", Agent, true},
		{ReadContacts, "see contacts", Agent, true},
		{WriteContacts, "rename contacts and change their metadata", Agent, true},
		{ReadNumbers, "see numbers and their state", Agent, true},
		{WriteNumbers, "add, pair, connect, disconnect, restart, log out, rename and delete numbers", Admin, true},
		{ReadEvents, "read the event log", Agent, true},
		{UseRealtime, "listen to live events", Agent, true},
		{ReadPeople, "see who works in the workspace", Agent, false},
		{ReadWorkspace, "see the workspace's name, country, time zone and limits", Agent, true},
		{WritePeople, "invite, remove and change the role of admins and agents", Admin, false},
		{WriteWorkspace, "change the workspace's name, country, time zone and origins", Admin, false},
		{ManageKeys, "create and revoke API keys", Admin, false},
		{ManageRealtime, "see and rotate the realtime secret", Admin, false},
		{ManageOwners, "make, change and remove owners", Owner, false},
	}
}

// May reports whether the role has the permission.
func (r Role) May(p Permission) bool {
	for _, g := range Grants() {
		if g.Permission == p {
			return r.AtLeast(g.Least)
		}
	}
	return false
}

// Scopes are the permissions that an API key can hold.
func Scopes() []Permission {
	var out []Permission
	for _, g := range Grants() {
		if g.Key {
			out = append(out, g.Permission)
		}
	}
	return out
}
