// A form that is kept while someone writes in it, and when they put the phone away. Without script its button does it.
const PAUSE = 1500 // milliseconds without a key, after which what was written is kept

for (const form of document.querySelectorAll('[data-tc-keep]')) {
  const told = form.querySelector('[data-tc-kept]')
  const seen = form.querySelector('[name="seen"]')
  const written = () => {
    const data = new FormData(form)
    data.delete('seen')
    return new URLSearchParams(data).toString()
  }
  let kept = written()
  let timer, sending

  const keep = async () => {
    clearTimeout(timer)
    const now = written()
    if (sending || now === kept) return
    sending = true
    const data = new FormData(form)
    data.append('by_itself', '1')
    try {
      const answer = await fetch(form.action, { method: 'POST', body: data, keepalive: true })
      const said = await answer.json().catch(() => ({ told: 'Not saved here. Choose “Save and continue”.' }))
      if (said.seen) {
        kept = now
        seen.value = said.seen
      }
      told.textContent = said.told
    } catch {
      told.textContent = 'Not saved yet: there is no connection. Keep this page open.'
      timer = setTimeout(keep, 10 * PAUSE)
    }
    sending = false
    if (kept === now && written() !== now) keep()
  }

  form.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(keep, PAUSE)
  })
  form.addEventListener('submit', () => { clearTimeout(timer); sending = true })
  document.addEventListener('visibilitychange', () => { if (document.hidden) keep() })
}
