/** The text of a table without rows: it says what to do next. */
import { html } from 'hono/html';
import { describeSurvey, type SurveyFilter } from '../../domain/survey-filter.ts';
import type { Html } from '../page.ts';
import { inShell } from '../same.ts';
import type { TableFacts } from './table-facts.ts';

export function emptyTable({ page: { known, total }, survey, query }: TableFacts): Html {
  if (known > 0 && total > 0)
    return sheet(
      html`<h2>There is no page ${query.page}</h2>
        <p><a class="button" href="./">Show the first page</a></p>`,
    );
  if (known > 0)
    return sheet(
      html`<h2>No machine matches</h2>
        <p>There are ${known} machines. Look for something else, or <a href="./">show all of them</a>.</p>`,
    );
  return sheet(
    html`<h2>No machine is known yet</h2>
      <p>
        ec2-operator looks once a minute for machines ${describeSurvey(survey)}, and shows them here. Machines that
        alerts or people name are shown, too.
      </p>
      ${howTo(survey)}
      <p>If nothing appears within two minutes, <code>ec2-operator doctor</code> says what is wrong.</p>`,
  );
}

function sheet(text: Html): Html {
  return html`<section class="empty">${text}</section>`;
}

/** The command that gives a machine what it lacks. */
function howTo(survey: SurveyFilter): Html {
  switch (survey.by) {
    case 'tags': {
      const tags = survey.tags.map(({ key, value = 'yes' }) => inShell(`Key=${key},Value=${value}`)).join(' ');
      return html`<p>To let it act on a machine, tag it:</p>
        <pre><code>aws ec2 create-tags --resources i-… --tags ${tags}</code></pre>`;
    }
    case 'families':
      return html`<p>To have other machines here, choose them by their tags in the configuration, such as</p>
        <pre><code>machines: { only: { team: ml } }</code></pre>`;
  }
}
