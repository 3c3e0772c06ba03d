/** Runs the program from its sources: `npm run dev -- share …`. */
import packageJson from '../package.json' with { type: 'json' };
import { main } from './main.ts';

await main(process.argv.slice(2), packageJson.version, 'dist');
