package workspace

import (
	"context"
	"errors"

	"github.com/sapa-chat/sapa/internal/fault"
)

// settingPublicURL is the row's name.
const settingPublicURL = "public_url"

// Settings belong to the installation.
type Settings struct {
	// PublicURL is the address that links are made from; empty until somebody set it.
	PublicURL string
	// Fixed tells that the configuration file decides it.
	Fixed bool
}

// Settings returns the installation's settings.
func (s *Service) Settings(ctx context.Context) (Settings, error) {
	if s.publicURL != "" {
		return Settings{PublicURL: s.publicURL, Fixed: true}, nil
	}
	url, err := s.store.Setting(ctx, settingPublicURL)
	return Settings{PublicURL: url}, err
}

// SetPublicURL saves the address; a fault of code Conflict when the configuration file decides it.
func (s *Service) SetPublicURL(ctx context.Context, url string) (Settings, error) {
	if s.publicURL != "" {
		return Settings{}, fault.Errorf(fault.Conflict, "http.public_url is set in the configuration file; change it there").
			Because("setting_fixed").On("public_url")
	}
	clean, err := parsePublicURL(url)
	if err != nil {
		return Settings{}, err
	}
	return Settings{PublicURL: clean}, s.store.SetSetting(ctx, settingPublicURL, clean)
}

// link makes an address for people. Without a public URL it is only a path, which the reader of the answer completes.
func (s *Service) link(ctx context.Context, path string) string {
	settings, err := s.Settings(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "the public URL could not be read: a link has only its path", "error", err)
	}
	return settings.PublicURL + path
}

func fieldOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Field
	}
	return ""
}

// onField renames the field of a fault to what the caller's input calls it.
func onField(err error, field string) error {
	var f *fault.Error
	if errors.As(err, &f) {
		renamed := *f
		renamed.Field = field
		return &renamed
	}
	return err
}
