// Package workspace knows the tenants of an installation and the people in them:
// workspaces and their plan, logins, memberships and roles, invitations,
// password resets, API keys and the few settings of the installation itself.
//
// It is not about WhatsApp and not about HTTP. It decides who somebody is and
// what they may do; package api asks it on every request.
//
// Invariants:
//   - A person is global and has one login; what they may do follows from the
//     membership (workspace, role) and from nothing else.
//   - An administrator runs the installation. The flag gives no access to the
//     messages of any workspace.
//   - Tokens (sessions, links, API keys) are stored only as SHA-256 hashes and
//     passwords only as argon2id hashes: a stolen database logs nobody in.
//   - A workspace always keeps at least one owner.
//   - Whether an e-mail address has an account is never told to a stranger,
//     neither by words nor by the time an answer takes.
package workspace
