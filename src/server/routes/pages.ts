/** What a browser sees that follows a link: one still page, the same for every link, that asks the server nothing. */

import { htmlAnswer } from '../answers.ts';
import type { Router } from '../context.ts';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>One-time secret</title>
</head>
<body>
<h1>One-time secret</h1>
<p>This is a Onetime Secret-compatible server. It holds secrets that can be read once; opening this page reads none.</p>
<p>To read the secret behind a link, pass the whole link to the <code>ots</code> program:</p>
<pre>ots reveal 'LINK'</pre>
</body>
</html>
`;

/** Adds the paths that links lead to. The identifier is not even looked at. */
export function addPages(router: Router): void {
  for (const path of ['/', '/secret/:id', '/receipt/:id']) {
    router.get(path, () => htmlAnswer(200, PAGE));
  }
}
