/**
 * Reads members of JSON that a stranger wrote: every reader gives a value of its type or undefined, and none throws.
 * Versions 0.18 to 0.23 write numbers and flags as strings (`"3600"`, `"3600.0"`, `"true"`), and `""` for unset.
 */

import { IDENTIFIER_PATTERN } from '../core/limits.ts';

/** A JSON object; read it with the functions of this file, which look at own members only. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as a JSON object, or undefined for arrays, null and everything else. */
export function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** An own member, whatever its type. */
export function member(of: Fields | undefined, name: string): unknown {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined;
}

/** An own member that is an object. */
export function section(of: Fields | undefined, name: string): Fields | undefined {
  return fields(member(of, name));
}

/** The first of the named members that is a string with something in it. */
export function text(of: Fields | undefined, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = member(of, name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** The first of the named members that looks like an identifier of a secret or a receipt. */
export function identifier(of: Fields | undefined, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = member(of, name);
    if (typeof value === 'string' && IDENTIFIER_PATTERN.test(value)) return value;
  }
  return undefined;
}

/** The first of the named members that is a number from 0 to 2^53, or its decimal text, rounded down. */
export function whole(of: Fields | undefined, ...names: string[]): number | undefined {
  for (const name of names) {
    const value = member(of, name);
    const number = typeof value === 'string' && /^\d{1,16}(\.\d{1,16})?$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && number >= 0 && number <= Number.MAX_SAFE_INTEGER)
      return Math.floor(number);
  }
  return undefined;
}

/** The first of the named members that is true or false, or says so in words. */
export function flag(of: Fields | undefined, ...names: string[]): boolean | undefined {
  for (const name of names) {
    const value = member(of, name);
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
  }
  return undefined;
}
