import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Skeleton } from './states.tsx';
import { texts } from './texts.ts';

/** A part of the page that is not needed to start, and is fetched while nothing else is to be done. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> & { preload(): void } {
  let part: ComponentType<P> | null = null;
  let loading: Promise<void> | null = null;
  const begin = () => {
    loading ??= load().then(
      loaded => {
        part = loaded;
      },
      error => {
        loading = null;
        throw error;
      },
    );
    return loading;
  };

  function Lazy(props: P) {
    const [state, setState] = useState<'loading' | 'ready' | 'failed'>(part === null ? 'loading' : 'ready');
    useEffect(() => {
      if (part !== null) return;
      begin().then(
        () => setState('ready'),
        () => setState('failed'),
      );
    }, []);
    const Part = part;
    if (Part !== null) return <Part {...props} />;
    if (state !== 'failed') return <Skeleton rows={3} />;
    return (
      <div class="failure" role="alert">
        <p class="failure-title">{texts.chat.partFailed}</p>
        {/* The server may have a newer page by now, whose parts have other names. */}
        <button type="button" class="button" onClick={() => location.reload()}>
          {texts.chat.reload}
        </button>
      </div>
    );
  }
  return Object.assign(Lazy, {
    preload() {
      begin().catch(() => {
        // It is tried again when it is needed, and then said.
      });
    },
  });
}
