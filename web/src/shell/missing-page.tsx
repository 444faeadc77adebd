import { usePage } from './router.ts';
import { Empty } from './states.tsx';
import { texts } from './texts.ts';

export function MissingPage() {
  usePage(texts.missing.title);
  return (
    <div class="page">
      <h1 tabIndex={-1} class="visually-hidden">
        {texts.missing.title}
      </h1>
      <Empty title={texts.missing.title} help={texts.missing.help}>
        <a class="button" href="/">
          {texts.missing.back}
        </a>
      </Empty>
    </div>
  );
}
