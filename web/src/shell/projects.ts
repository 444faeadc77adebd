import { computed } from '@preact/signals';
import { api } from './api.ts';
import { resource } from './resource.ts';
import { texts } from './texts.ts';
import type { Project } from './wire.ts';

const list = resource(async () => {
  const answer = await api.get<{ projects: Project[] }>('/projects');
  return answer.ok ? { ok: true, value: answer.value.projects } : answer;
});

/** The projects that this person sees; null until read. */
export const projects = list.value;
export const projectsLoading = list.loading;
export const readProjects = list.read;

const names = computed(() => new Map(projects.value?.map(project => [project.id, project.name])));

export function projectName(id: string): string {
  return names.value.get(id) ?? id;
}

/** A change named a project that was not there a moment ago: somebody made or opened it. */
export function noticeProject(id: string | null): void {
  if (id !== null && projects.value !== null && !names.value.has(id)) void readProjects();
}

/** What a choice among the projects says when they could not be read. */
export function missingProjects(): { words: string; onRetry: () => void } | null {
  return projects.value === null && projectsLoading.value.state === 'failed'
    ? { words: texts.frame.projectsFailed, onRetry: () => void readProjects() }
    : null;
}
