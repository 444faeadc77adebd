import { useLayoutEffect } from 'preact/hooks';

const growsByItself = CSS.supports('field-sizing', 'content');

/** A field is as high as its text, also in browsers whose style sheets cannot say so. */
export function useGrowing(field: { current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || growsByItself) return;
    element.style.height = 'auto';
    // The border is not part of what scrolls.
    element.style.height = `${element.scrollHeight + element.offsetHeight - element.clientHeight}px`;
  }, [text]);
}
