import { useEffect, useRef, useState } from 'preact/hooks';
import { api, type Problem, query } from '../shell/api.ts';
import { Choice, Field } from '../shell/form.tsx';
import { person } from '../shell/person.ts';
import { navigate, place, usePage } from '../shell/router.ts';
import { Empty, Failure, Skeleton } from '../shell/states.tsx';
import { texts } from '../shell/texts.ts';
import { When } from '../shell/when.tsx';
import type { AuditEntry, AuditKind, AuditList } from '../shell/wire.ts';

const words = texts.audit;
const kinds = [
  { value: '', name: words.everything },
  ...Object.entries(words.kinds).map(([value, name]) => ({ value, name })),
];

interface Filter {
  kind: string;
  name: string;
}

export function AuditPage() {
  usePage(words.title, { name: texts.admin.title, to: '/admin' });
  const mayEnter = person.value?.role === 'admin';
  return (
    <div class="page narrow">
      <header class="page-head">
        <h1 tabIndex={-1}>{words.title}</h1>
      </header>
      {mayEnter ? <Log /> : <Empty title={texts.admin.denied} help={texts.admin.deniedHelp} />}
    </div>
  );
}

function Log() {
  const { query: asked } = place.value;
  const filter = { kind: asked.get('kind') ?? '', name: asked.get('person') ?? '' };
  return (
    <>
      <p class="muted block-help">{words.help}</p>
      <Filters filter={filter} />
      <Entries key={address(filter)} filter={filter} />
    </>
  );
}

function Filters({ filter }: { filter: Filter }) {
  const [name, setName] = useState(filter.name);
  const show = (wanted: Filter) => navigate(address(wanted), { replace: true });
  return (
    <form
      class="toolbar audit-filters"
      onSubmit={event => {
        event.preventDefault();
        show({ ...filter, name: name.trim() });
      }}
    >
      <Choice
        label={words.kind}
        value={kinds.some(({ value }) => value === filter.kind) ? filter.kind : ''}
        options={kinds}
        onValue={kind => show({ kind, name: name.trim() })}
      />
      <Field label={words.person} autocomplete="off" value={name} onValue={setName} />
      <button type="submit" class="button">
        {words.show}
      </button>
      <a class="button quiet" href={`/api/v1/audit/export${search(filter)}`} download>
        {words.export}
      </a>
    </form>
  );
}

function Entries({ filter }: { filter: Filter }) {
  const [entries, setEntries] = useState<AuditEntry[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const loading = useRef(false);

  async function load(): Promise<void> {
    if (loading.current) return;
    loading.current = true;
    const answer = await api.get<AuditList>(`/audit${search(filter, next)}`);
    loading.current = false;
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setEntries([...(entries ?? []), ...answer.value.entries]);
    setNext(answer.value.nextBefore ?? null);
  }

  useEffect(() => void load(), []);

  return (
    <>
      {entries === null ? (
        problem === null ? (
          <Skeleton />
        ) : null
      ) : entries.length === 0 ? (
        <Empty title={words.none} help={words.noneHelp} />
      ) : (
        <ul class="card items" aria-label={words.title}>
          {entries.map(entry => (
            <Entry key={entry.seq} entry={entry} />
          ))}
        </ul>
      )}
      {problem === null ? null : <Failure title={words.failed} problem={problem} onRetry={() => void load()} />}
      {next === null || problem !== null ? null : (
        <div class="older">
          <button type="button" class="button" onClick={() => void load()}>
            {words.older}
          </button>
        </div>
      )}
    </>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const sentence = words.sentence(entry);
  const detail = entry.detail ?? '';
  return (
    <li class="item">
      <div class="item-text">
        <p class="item-title">
          <bdi>{sentence}</bdi>
        </p>
        <p class="row-meta">
          <When at={entry.lastAt ?? entry.at} />
          {sentence.includes(detail) ? null : <span dir="auto">{detail}</span>}
          <span dir="auto">{words.means(entry)}</span>
          {entry.address == null ? null : <span>{entry.address}</span>}
        </p>
      </div>
    </li>
  );
}

function search({ kind, name }: Filter, before: number | null = null): string {
  return query({ kind: kind in words.kinds ? (kind as AuditKind) : null, person: name === '' ? null : name, before });
}

function address({ kind, name }: Filter): string {
  return `/admin/audit${query({ kind: kind === '' ? null : kind, person: name === '' ? null : name })}`;
}
