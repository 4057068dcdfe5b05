import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aboutAlert, expressionOf, observedBy } from './about.ts';

describe('what an alert says for people', () => {
  test('is kept by the names that rules use, and nothing else', () => {
    const annotations = {
      summary: 'gpu-1 is idle',
      description: 'no GPU above 2 % for 30 minutes',
      looked_at: 'utilisation of every GPU',
      runbook_url: 'https://runbooks.example/idle',
      dashboard: 'https://grafana.example/d/gpu',
      __value_string__: 'x',
      constructor: 'y',
    };
    const { __value_string__: _1, constructor: _2, ...kept } = annotations;
    assert.deepEqual(aboutAlert(annotations, {}), { annotations: kept });
    assert.equal(aboutAlert({}, { generatorURL: '' }), undefined);
    assert.equal(aboutAlert({ summary: 7, description: '' }, { generatorURL: {} }), undefined);
  });

  test('has the dashboard that Grafana sends beside the annotations', () => {
    const dashboardURL = 'https://grafana.example/d/gpu?orgId=1';
    assert.deepEqual(aboutAlert({}, { dashboardURL }), { annotations: { dashboard: dashboardURL } });
    assert.deepEqual(aboutAlert({ dashboard: 'mine' }, { dashboardURL }), { annotations: { dashboard: 'mine' } });
  });

  test('is bounded, and a URL is left out rather than cut', () => {
    const long = aboutAlert({ summary: 'x'.repeat(10_000) }, {})?.annotations?.['summary'] ?? '';
    assert.equal(long.length, 503);
    assert.equal(aboutAlert({}, { generatorURL: `http://p.example/graph?g0.expr=${'x'.repeat(5_000)}` }), undefined);
  });

  test('leads to no password, and to nothing but the web', () => {
    assert.equal(
      aboutAlert({}, { generatorURL: 'https://ada:secret@p.example/graph?g0.expr=up' })?.generatorUrl,
      'https://p.example/graph?g0.expr=up',
    );
    assert.deepEqual(aboutAlert({ runbook_url: ' http://u:p@r.example/x' }, {})?.annotations, {
      runbook_url: 'http://r.example/x',
    });
    assert.equal(
      aboutAlert({ description: 'see https://u:p@r.example/x for more' }, {})?.annotations?.['description'],
      'see https://r.example/x for more',
    );
    for (const url of ['javascript:alert(1)', 'file:///etc/passwd', '?orgId=1', 'ftp://u:p@x.example'])
      assert.equal(aboutAlert({}, { generatorURL: url }), undefined, url);
    assert.equal(aboutAlert({ runbook: 'ftp://u:p@x.example' }, {}), undefined);
  });
});

test('the expression of the rule is read from the URL that Prometheus makes', () => {
  const generatorUrl = 'http://prometheus:9090/graph?g0.expr=jobs%7Bqueue%3D%22a%22%7D+%3E+0&g0.tab=1';
  assert.equal(expressionOf({ generatorUrl }), 'jobs{queue="a"} > 0');
  assert.equal(expressionOf({ generatorUrl: 'https://grafana.example/alerting/grafana/x/view' }), undefined);
  assert.equal(expressionOf(undefined), undefined);
});

test('what the alert has observed is told in its own words, the most telling ones', () => {
  const annotations = {
    summary: 'Unused GPUs',
    description: 'No GPU was used for 30 minutes.',
    looked_at: 'every GPU',
  };
  assert.equal(observedBy({ annotations }), 'No GPU was used for 30 minutes.');
  assert.equal(
    observedBy({ annotations: { message: 'No GPU was used.', summary: 'Unused GPUs' } }),
    'No GPU was used.',
  );
  assert.equal(observedBy({ annotations: { looked_at: 'every GPU' } }), undefined);
  assert.equal(observedBy(undefined), undefined);
});
