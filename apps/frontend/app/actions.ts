'use server';

import { revalidatePath } from 'next/cache';
import { headers } from 'next/headers';
import { create } from '../lib/backend';
import { acceptTrace, traceHeader } from '../lib/trace';

export interface Outcome {
  ok: boolean;
  message: string;
}

async function send(what: string, path: string, body: unknown): Promise<Outcome> {
  const trace = acceptTrace((await headers()).get(traceHeader));
  const answer = await create<{ id: number }>(path, trace, body);
  if (!answer.ok) return { ok: false, message: answer.why };
  revalidatePath('/');
  return { ok: true, message: `${what} ${answer.value.id} is made.` };
}

const text = (form: FormData, name: string) => String(form.get(name) ?? '');
const number = (form: FormData, name: string) => Number(form.get(name));

export async function createStudent(_: Outcome | null, form: FormData): Promise<Outcome> {
  return send('Student', '/api/students', { name: text(form, 'name'), email: text(form, 'email') });
}

export async function createCourse(_: Outcome | null, form: FormData): Promise<Outcome> {
  return send('Course', '/api/courses', { code: text(form, 'code'), title: text(form, 'title'), capacity: number(form, 'capacity') });
}

export async function createEnrolment(_: Outcome | null, form: FormData): Promise<Outcome> {
  return send('Enrolment', '/api/enrolments', { student_id: number(form, 'student_id'), course_id: number(form, 'course_id') });
}
