// Runs before anything is painted, so that nothing jumps. The class names are the design system's.
document.body.classList.add('js-enabled')
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported')
