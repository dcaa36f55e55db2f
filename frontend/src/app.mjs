import { Button, Checkboxes, ErrorSummary, Radios, ServiceNavigation, SkipLink, createAll } from 'govuk-frontend'
import { Alert } from '@ministryofjustice/frontend'
import './signature.mjs'
import './hold.mjs'
import './keep.mjs'

for (const component of [Alert, Button, Checkboxes, ErrorSummary, Radios, ServiceNavigation, SkipLink]) {
  createAll(component, undefined, { onError: () => {} })
}

// One key jumps to a control that names it, unless someone is typing (WCAG 2.1.4: pressing it only moves the focus).
document.addEventListener('keydown', event => {
  const typing = event.target.closest?.('input, textarea, select, [contenteditable]')
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return
  const control = document.querySelector(`[data-hotkey="${CSS.escape(event.key)}"]`)
  if (!control) return
  event.preventDefault()
  control.focus()
})

// A link to a folded part of a page unfolds it.
const unfold = () => {
  const part = location.hash && document.getElementById(location.hash.slice(1))
  if (part instanceof HTMLDetailsElement) part.open = true
}
addEventListener('hashchange', unfold)
document.addEventListener('click', event => {
  if (event.target.closest?.('a[href*="#"]')?.hash === location.hash) unfold()
})
unfold()

// The library that asks the browser for a passkey says what went wrong to nobody.
document.addEventListener('allauth.error', event => {
  event.preventDefault()
  for (const sentence of document.querySelectorAll('[data-tc-passkey-failed]')) sentence.hidden = false
})

// Filters start closed on a phone; without script they are open everywhere.
for (const filter of document.querySelectorAll('[data-tc-filter]')) {
  if (matchMedia('(max-width: 48em)').matches) filter.removeAttribute('open')
  filter.dataset.tcFilter = 'ready'
}
