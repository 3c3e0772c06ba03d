/** placeholder */
import type { Context, GlobalOptions } from './context.ts';
export async function doctor(_ctx: Context, _options: GlobalOptions): Promise<number> {
  return 0;
}
