/**
 * The recorded answers of one server version, looked up by scenario and step, their placeholders filled for the
 * secret that a test has.
 */

import { readFileSync } from 'node:fs';
import type { Reply } from './remote-serve.ts';

export type Version = '0.18.3' | '0.23.6' | '0.25.11' | '0.26.6';

interface Recorded {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  text?: string;
}

interface Scenario {
  name: string;
  steps: { name: string; response: Recorded }[];
}

/** What an answer is about; missing parts keep what was recorded. */
export interface Subject {
  secretId?: string;
  receiptId?: string;
  text?: string;
}

export interface Recordings {
  version: Version;
  /** 0.24 and later: v3, long identifiers, `/receipt`. */
  isNew: boolean;
  idLength: number;
  status(...names: string[]): number;
  /** The first recorded answer of these names (`scenario prefix/step`), told of this secret. */
  answer(subject: Subject, host: string, ...names: string[]): Reply;
}

/** Reads the recordings of a version. */
export function readRecordings(version: Version): Recordings {
  const file = new URL(`../contract/recordings-v${version}.json`, import.meta.url);
  const { scenarios } = JSON.parse(readFileSync(file, 'utf8')) as { scenarios: Scenario[] };
  const isNew = version === '0.25.11' || version === '0.26.6';
  const idLength = isNew ? 62 : 31;

  function find(...names: string[]): Recorded {
    for (const name of names) {
      const [prefix = '', step] = name.split('/');
      for (const scenario of scenarios) {
        const found = scenario.name.startsWith(prefix)
          ? scenario.steps.find((one) => one.name === step)
          : undefined;
        if (found !== undefined) return found.response;
      }
    }
    throw new Error(`nothing recorded for ${names.join(', ')} on ${version}`);
  }

  function fill(recorded: string, { secretId, receiptId }: Subject, host: string): string {
    const secret = secretId ?? 'z'.repeat(idLength);
    const receipt = receiptId ?? 'q'.repeat(idLength);
    return recorded
      .replace(/[zq]{31,62}/, receiptId ?? secretId ?? '$&')
      .replaceAll('{{secret}}', secret)
      .replaceAll('{{receipt}}', receipt)
      .replace(/\{\{secret:(\d+)\}\}/g, (_, length: string) => secret.slice(0, Number(length)))
      .replace(/\{\{receipt:(\d+)\}\}/g, (_, length: string) => receipt.slice(0, Number(length)))
      .replaceAll('{{host}}', host);
  }

  function answer(subject: Subject, host: string, ...names: string[]): Reply {
    const { status, headers = {}, body, text = '' } = find(...names);
    if (body === undefined) return { status, body: text, headers };
    const json: unknown = JSON.parse(fill(JSON.stringify(body), subject, host), (key, value: unknown) =>
      (key === 'value' || key === 'secret_value') && typeof value === 'string' ? subject.text : value,
    );
    return { status, json, headers };
  }

  return { version, isNew, idLength, status: (...names) => find(...names).status, answer };
}
