// Package sapa is only the root of the repository; its tests keep the house rules.
package sapa
