/** What a browser sees that follows a link: a page that decrypts, or, where none was built, one still page for all. */

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

/** The built pages, by name. */
export interface Pages {
  /** @returns undefined when the pages were not built */
  read(name: 'create' | 'reveal' | 'receipt'): { html: string; csp: string } | undefined;
}

/** Adds the paths that links lead to. The identifier is not even looked at: the page asks the API for itself. */
export function addPages(router: Router, pages?: Pages): void {
  const paths = { '/': 'create', '/secret/:id': 'reveal', '/receipt/:id': 'receipt' } as const;
  for (const [path, name] of Object.entries(paths)) {
    router.get(path, () => {
      const page = pages?.read(name);
      if (page === undefined) return htmlAnswer(200, PAGE);
      const answer = htmlAnswer(200, page.html);
      answer.headers.set('content-security-policy', `${page.csp}; frame-ancestors 'none'`);
      return answer;
    });
  }
}
