package app

import (
	"time"
)

// Config is every setting of the program. Its tags are the reference that
// `sapa config doc` prints; docs/config.md is made from it.
type Config struct {
	HTTP     HTTPConfig     `conf:"http"`
	Data     DataConfig     `conf:"data"`
	Database DatabaseConfig `conf:"database"`
	Secret   SecretConfig   `conf:"secret"`
	WhatsApp WhatsAppConfig `conf:"whatsapp"`
	Number   NumberConfig   `conf:"number"`
	Send     SendConfig     `conf:"send"`
	Events   EventsConfig   `conf:"events"`
	Realtime RealtimeConfig `conf:"realtime"`
	Mail     MailConfig     `conf:"mail"`
	Node     NodeConfig     `conf:"node"`
	Log      LogConfig      `conf:"log"`
}

// HTTPConfig says where the program answers.
type HTTPConfig struct {
	Listen         string        `conf:"listen" default:"127.0.0.1:8080" doc:"Address of the web interface and the API."`
	PublicURL      string        `conf:"public_url" doc:"Address under which people and other programs reach this installation, such as https://sapa.example.com. Invitations and links are made from it. Empty: what was entered at setup."`
	TrustedProxies []string      `conf:"trusted_proxies" doc:"Addresses or networks (CIDR) of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Empty: these headers are ignored."`
	TLSCert        string        `conf:"tls_cert" doc:"Certificate file (PEM, with its chain). With tls_key the program speaks HTTPS by itself. Renewed files are used without a restart."`
	TLSKey         string        `conf:"tls_key" doc:"Private key file (PEM) of the certificate."`
	DebugListen    string        `conf:"debug_listen" doc:"Loopback address for profiles (pprof), such as 127.0.0.1:6060. Empty: off."`
	DrainTimeout   time.Duration `conf:"drain_timeout" default:"20s" doc:"How long a stop may take: requests in flight finish, realtime connections are closed spread over this time."`
}

// DataConfig says where files are kept.
type DataConfig struct {
	Dir string `conf:"dir" default:"./data" doc:"Folder of the embedded database and other files. One process at a time."`
}

// DatabaseConfig chooses the database.
type DatabaseConfig struct {
	URL string `conf:"url" secret:"true" doc:"PostgreSQL address, such as postgres://sapa:secret@db/sapa. Empty: the embedded SQLite database in data.dir."`
	// For measuring alone.
	CommitDelay time.Duration `conf:"commit_delay" doc:"For measuring only, and refused unless a simulator stands in for WhatsApp: each commit takes this much longer, as on a slow disk."`
	CommitAlone bool          `conf:"commit_alone" doc:"For measuring only, and refused unless a simulator stands in for WhatsApp: writes do not share their commits."`
}

// SecretConfig says where the master key comes from.
type SecretConfig struct {
	KeyFile string `conf:"key_file" doc:"File with the master key that seals all secrets. Empty: the systemd credential sapa-master-key if there is one, else a file that the first start creates outside the data folder."`
	Key     string `conf:"key" secret:"true" doc:"The master key itself (base64, 32 bytes), for platforms that hand over secrets as environment variables."`
}

// WhatsAppConfig is about WhatsApp itself, or the simulator in its place.
type WhatsAppConfig struct {
	ClientVersion     string          `conf:"client_version" doc:"Client version to report to WhatsApp, such as 2.3000.1029496320. Empty: fetched, kept in the database and refreshed by itself, and never older than the one the program was built with."`
	ConnectsPerSecond float64         `conf:"connects_per_second" default:"5" doc:"How many numbers of the whole installation may connect per second. 0: no limit, for benchmarks."`
	HistoryMessages   int             `conf:"history_messages" default:"1000" doc:"How many messages of each chat a part of the past may bring that the phone tells after a pairing, the newest. 0: no past."`
	Simulator         SimulatorConfig `conf:"simulator"`
}

// SimulatorConfig points the program at a simulated WhatsApp. Both or none are set.
type SimulatorConfig struct {
	URL  string `conf:"url" doc:"Address of a simulated WhatsApp (sapa sim), such as http://127.0.0.1:7600. No real WhatsApp can be reached then."`
	Root string `conf:"root" doc:"Public key (base64) of the simulator's certificate root, printed by sapa sim. Refused without url, and url without it."`
}

// NumberConfig bounds pairing and proxies.
type NumberConfig struct {
	PairingsPerHour int      `conf:"pairings_per_hour" default:"5" doc:"Pairings that a workspace may start per hour."`
	MaxPerWorkspace int      `conf:"max_per_workspace" default:"100" doc:"Numbers that a new workspace may have."`
	ProxyNetworks   []string `conf:"proxy_networks" doc:"Private addresses or networks (CIDR) in which the proxy of a number may be, such as 10.8.0.0/24. Anything else that is not on the public internet is refused, or a workspace could reach this machine and its neighbours through it."`
}

// SendConfig is the fixed pace of sending.
type SendConfig struct {
	Gap    time.Duration `conf:"gap" default:"1s" doc:"Shortest time between two messages of one number. 0: no pace at all, for benchmarks."`
	Jitter time.Duration `conf:"jitter" default:"1s" doc:"Up to this much is added to each gap at random."`
}

// EventsConfig bounds the event log.
type EventsConfig struct {
	Keep time.Duration `conf:"keep" default:"720h" doc:"How long events are kept."`
}

// RealtimeConfig bounds the realtime server.
type RealtimeConfig struct {
	MaxConnections int `conf:"max_connections" default:"10000" doc:"Most realtime connections at once."`
	MaxPerAddress  int `conf:"max_per_address" default:"1000" doc:"Most realtime connections of one address (in IPv6 of one /64) at once, so that one place cannot take all of them. Behind a reverse proxy set http.trusted_proxies, or everybody shares the proxy's."`
}

// MailConfig is how invitations and resets are mailed. Without a host, links are shown to the inviter only.
type MailConfig struct {
	Host     string `conf:"host" doc:"SMTP server. Empty: no mail is sent."`
	Port     int    `conf:"port" default:"587" doc:"SMTP port."`
	User     string `conf:"user" doc:"SMTP user."`
	Password string `conf:"password" secret:"true" doc:"SMTP password."`
	From     string `conf:"from" doc:"Sender address, such as Sapa <sapa@example.com>."`
	TLS      string `conf:"tls" default:"starttls" doc:"starttls, tls (from the first byte) or none (loopback only)."`
}

// NodeConfig names this process.
type NodeConfig struct {
	Name string `conf:"name" doc:"Name of this node in leases and logs. Empty: the host's name."`
}

// LogConfig says what is logged. Logs go to standard error.
type LogConfig struct {
	Level  string `conf:"level" default:"info" doc:"debug, info, warn or error. No level shows message text, secrets or whole phone numbers."`
	Format string `conf:"format" default:"text" doc:"text or json."`
}
