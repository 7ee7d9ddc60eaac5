// WebAuthn as JSON: what WhatsApp asks and what it wants back (base64url fields, as in WebAuthn's own JSON forms).

type Json = Record<string, unknown>;

export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = text.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
}

export function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
  const all = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return btoa(String.fromCharCode(...all))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}

/** Makes the browser's request from WhatsApp's JSON. */
export function requestOptions(publicKey: unknown): PublicKeyCredentialRequestOptions {
  const json = (publicKey ?? {}) as Json;
  const allow = Array.isArray(json.allowCredentials) ? (json.allowCredentials as Json[]) : [];
  return {
    challenge: fromBase64url(String(json.challenge ?? '')),
    rpId: typeof json.rpId === 'string' ? json.rpId : undefined,
    timeout: typeof json.timeout === 'number' ? json.timeout : undefined,
    userVerification: json.userVerification as UserVerificationRequirement | undefined,
    allowCredentials: allow.map((c) => ({ type: 'public-key' as const, id: fromBase64url(String(c.id ?? '')) })),
  };
}

/** Writes the authenticator's answer as JSON. */
export function answerJson(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      ...(response.userHandle ? { userHandle: toBase64url(response.userHandle) } : {}),
    },
  };
}

/** An answer of the right shape for the simulated WhatsApp, which checks no signature. */
export function simulatedAnswer(publicKey: unknown): Json {
  const json = (publicKey ?? {}) as Json;
  const bytes = (text: string) => toBase64url(new TextEncoder().encode(text));
  return {
    id: bytes('simulated-passkey'),
    rawId: bytes('simulated-passkey'),
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: bytes(
        JSON.stringify({ type: 'webauthn.get', challenge: json.challenge ?? '', origin: location.origin }),
      ),
      authenticatorData: bytes('simulated'),
      signature: bytes('simulated'),
    },
  };
}
