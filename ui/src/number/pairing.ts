import type { Pairing, PairingStep } from '@/api/types';

export const STEPS = ['shown', 'scanned', 'linking', 'syncing', 'connected'] as const;
export type StepKey = (typeof STEPS)[number];
export type StepStatus = 'done' | 'current' | 'todo' | 'failed';

/** How far a pairing has come, as an index into STEPS; -1 before a code is shown. */
export function reached(step: PairingStep): number {
  if (step === 'waiting' || step === '') return -1;
  // The passkey is asked for after the scan and before the link.
  if (step === 'passkey') return 1;
  return STEPS.indexOf(step as StepKey);
}

/** The five steps with their state. A failed pairing marks the step at which it stood. */
export function progress(step: PairingStep, lastGood = -1): { key: StepKey; status: StepStatus }[] {
  const failed = step === 'failed';
  const at = failed ? Math.max(lastGood, 0) : reached(step);
  return STEPS.map((key, i) => {
    if (i < at) return { key, status: 'done' };
    if (i > at) return { key, status: 'todo' };
    if (failed) return { key, status: 'failed' };
    return { key, status: step === 'connected' ? 'done' : 'current' };
  });
}

/** Which face the dialog shows. */
export type Face = 'loading' | 'limit' | 'idle' | 'qr' | 'code' | 'passkey' | 'working' | 'connected' | 'failed';

export function faceOf(p: Pairing | undefined): Face {
  if (!p) return 'loading';
  if (p.step === 'connected') return 'connected';
  if (p.step === 'failed' || p.failure) return 'failed';
  if (!p.open) return p.limit.remaining > 0 ? 'idle' : 'limit';
  if (p.step === 'passkey') return 'passkey';
  if (['scanned', 'linking', 'syncing'].includes(p.step)) return 'working';
  return p.method === 'code' ? 'code' : 'qr';
}

/** The pairing code in two groups of four, as phones show it. */
export function spacedCode(code: string): string {
  const plain = code.replace(/[\s-]/g, '');
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : code;
}

/** Takes a QR event into what is shown; a code that is older than the shown one is ignored. */
export function takeCode(p: Pairing, data: Record<string, unknown> | undefined): Pairing {
  const png = data?.png_base64;
  const text = data?.text;
  const expires = data?.expires_at;
  if (typeof png !== 'string' || typeof expires !== 'string') return p;
  if (p.qr && Date.parse(expires) < Date.parse(p.qr.expires_at)) return p;
  const step = p.step === 'waiting' ? 'shown' : p.step;
  return {
    ...p,
    open: true,
    step,
    qr: { png_base64: png, text: typeof text === 'string' ? text : '', expires_at: expires },
  };
}
