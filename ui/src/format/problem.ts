import { Problem } from '@/api/problem';

type Translate = (key: string, args?: Record<string, unknown>) => string;

/** Says in the person's language what went wrong and what to do next; the server's own sentence where it has one. */
export function explain(error: unknown, t: Translate): string {
  if (!(error instanceof Problem)) return t('problem.unexpected');
  if (error.code === 'network' || error.code === 'timeout') return t(`problem.${error.code}`);
  if (error.status === 429 && error.retryAfter) return t('problem.too_many', { seconds: Math.ceil(error.retryAfter) });
  if (error.message) return error.message;
  if (error.status === 403) return t('problem.forbidden');
  if (error.status === 404) return t('problem.not_found');
  return t('problem.unexpected');
}
