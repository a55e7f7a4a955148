import type { Answer, Page } from '../../lib/backend';

interface Props<T> {
  answer: Answer<Page<T>>;
  columns: string[];
  row: (item: T) => (string | number)[];
}

export function Table<T extends { id: number }>({ answer, columns, row }: Props<T>) {
  if (!answer.ok) return <p role="alert">{answer.why}</p>;
  const { items, total } = answer.value;
  if (total === 0) return <p>There are none yet.</p>;
  return (
    <table>
      <caption>{items.length < total ? `The first ${items.length} of ${total}` : `All ${total}`}</caption>
      <thead>
        <tr>{columns.map((name) => <th key={name} scope="col">{name}</th>)}</tr>
      </thead>
      <tbody>
        {items.map((item) => <tr key={item.id}>{row(item).map((cell, i) => <td key={columns[i]}>{cell}</td>)}</tr>)}
      </tbody>
    </table>
  );
}
