'use client';

import { useActionState, useId, type InputHTMLAttributes } from 'react';
import type { Outcome } from '../actions';

interface Props {
  title: string;
  action: (previous: Outcome | null, form: FormData) => Promise<Outcome>;
  fields: (InputHTMLAttributes<HTMLInputElement> & { name: string; label: string })[];
}

/** Works without scripts too: the form is sent to the server either way. */
export function CreateForm({ title, action, fields }: Props) {
  const [outcome, submit, pending] = useActionState(action, null);
  const id = useId();
  return (
    <form action={submit}>
      <fieldset disabled={pending}>
        <legend>{title}</legend>
        {fields.map(({ label, ...input }) => (
          <p key={input.name}>
            <label htmlFor={id + input.name}>{label}</label>
            <input id={id + input.name} autoComplete="off" {...input} />
          </p>
        ))}
        <button type="submit">{pending ? 'Sending' : 'Create'}</button>
      </fieldset>
      <p role={outcome && !outcome.ok ? 'alert' : 'status'}>{outcome?.message}</p>
    </form>
  );
}
