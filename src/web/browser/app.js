// @ts-check
/* The script of the pages of people who have logged in. All of them work without it. */

/** A form that is on its way is not sent a second time. */
document.addEventListener('submit', (event) => {
  const { submitter } = event;
  if (!(submitter instanceof HTMLButtonElement)) return;
  if (submitter.getAttribute('aria-busy') === 'true') event.preventDefault();
  submitter.setAttribute('aria-busy', 'true');
});

// A page from the browser's memory shows what was so when it was left.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
