type Fields = {
  status: number;
  code: string;
  detail: string;
  reason?: string;
  retryAfter?: number;
  errors?: { field: string; message: string }[];
};

/** A failure as the API tells it (RFC 9457), or a network that did not answer (status 0). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason?: string;
  /** Seconds until trying again makes sense. */
  readonly retryAfter?: number;
  readonly errors: { field: string; message: string }[];

  constructor(fields: Fields) {
    super(fields.detail);
    this.name = 'Problem';
    this.status = fields.status;
    this.code = fields.code;
    this.reason = fields.reason;
    this.retryAfter = fields.retryAfter;
    this.errors = fields.errors ?? [];
  }

  /** What the server says about one field of the form, or an empty string. */
  about(field: string): string {
    return this.errors.find((e) => e.field === field || e.field.endsWith(`.${field}`))?.message ?? '';
  }
}

/** Reads a failed response; a body that is no problem document still gives a Problem with the status. */
export async function problemFrom(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => null)) ?? {};
  const retry = Number(body.retry_after ?? response.headers.get('Retry-After'));
  return new Problem({
    status: response.status,
    code: typeof body.code === 'string' ? body.code : '',
    reason: typeof body.reason === 'string' ? body.reason : undefined,
    detail: body.detail || body.title || '',
    retryAfter: Number.isFinite(retry) && retry > 0 ? retry : undefined,
    errors: Array.isArray(body.errors)
      ? body.errors.map((e: Record<string, unknown>) => ({
          field: String(e.field ?? ''),
          message: String(e.message ?? ''),
        }))
      : [],
  });
}
