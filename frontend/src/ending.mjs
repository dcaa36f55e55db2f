// Says that the session is about to end, and lets one stay. Whoever types is in no need of being asked.
const WARNS = 120 // seconds before
const TYPING = 300 // seconds for which a key or a press says that someone is there
const page = document.querySelector('[data-tc-ending]')
const words = page.querySelector('[data-tc-ending-words]')
const heading = page.querySelector('[data-tc-ending-heading]')
const form = page.querySelector('form')
const button = form.querySelector('button')
const now = () => Date.now() / 1000
let unused, anyway, timer, over
let typed = 0 // when
let written // the form last written in

const take = left => {
  unused = now() + Number(left.unused)
  anyway = now() + Number(left.anyway)
}

const send = (url, how) => fetch(url, { redirect: 'manual', cache: 'no-store', ...how })
const stay = () => send(form.action, { method: 'POST', body: new FormData(form) })

const ask = async () => {
  const answer = await send(page.dataset.left)
  take(answer.ok ? await answer.json() : { unused: 0, anyway: 0 })
}

const end = () => {
  over = true
  heading.textContent = 'You are signed out'
  if (anyway <= now()) written = null // then the server no longer knows whose it was
  words.textContent = written
    ? 'What you wrote on this page is not sent. Sign in again to send it.'
    : 'Sign in again to go on.'
  button.textContent = 'Sign in again'
  page.classList.add('tc-ending--over')
  if (!page.open) page.showModal()
}

const look = async () => {
  clearTimeout(timer)
  if (over) return
  try {
    if (Math.min(unused, anyway) - now() <= WARNS) {
      if (anyway - now() > WARNS && now() - typed < TYPING) await stay()
      await ask() // it may have been used in another window
    }
    const left = Math.min(unused, anyway) - now()
    if (left <= 0) return end()
    if (left > WARNS) {
      page.close()
    } else {
      const minutes = Math.ceil(left / 60)
      const soon = `in ${minutes} minute${minutes === 1 ? '' : 's'}`
      words.textContent = anyway <= unused
        ? `You will be signed out ${soon}, as after each 12 hours. Send what you are writing.`
        : `You will be signed out ${soon}, because nothing was done here for a while.`
      button.hidden = anyway <= unused
      if (!page.open) page.showModal()
    }
    timer = setTimeout(look, left > WARNS ? (left - WARNS) * 1000 : Math.min(left * 1000 + 500, 20000))
  } catch {
    timer = setTimeout(look, 20000) // no connection: nobody knows, and what is sent will be answered
  }
}

const isTyped = event => {
  typed = now()
  const of = event.type === 'input' && event.target.form
  if (of && of.method === 'post' && !page.contains(of) && of.getAttribute('role') !== 'search') written = of
}

for (const name of ['input', 'keydown', 'pointerdown']) addEventListener(name, isTyped, { passive: true })
document.addEventListener('visibilitychange', () => { if (!document.hidden) look() })
page.addEventListener('cancel', event => { if (over) event.preventDefault() })
form.addEventListener('submit', async event => {
  event.preventDefault()
  // what was written goes with the way to sign in, is kept there, and is sent when its writer says so
  if (over) return written ? written.submit() : location.reload()
  typed = now()
  await look()
})
take(page.dataset)
look()
