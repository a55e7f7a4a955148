/** What probes ask many times a second is told when its answer changes, not each time. */
const shared = globalThis as typeof globalThis & { pawsAnswers?: Map<string, string> };

/** True when `answer` is another than the last one of `subject`, or the first. Subjects are few: they are kept. */
export function changed(subject: string, answer: string): boolean {
  const answers = (shared.pawsAnswers ??= new Map());
  if (answers.get(subject) === answer) return false;
  answers.set(subject, answer);
  return true;
}
