/** Taking turns: work under one name runs one after the other, under different names side by side. */

export interface Turns {
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
      const before = last.get(name);
      // A turn that failed must not stop the next one.
      const result = before === undefined ? work() : before.then(work, work);
      const forget = (): void => {
        if (last.get(name) === result) last.delete(name);
      };
      last.set(name, result);
      result.then(forget, forget);
      return result;
    },
  };
}
