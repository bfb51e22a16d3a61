"""The HTTP service: two probes, one prediction route, a few counters."""

import logging
import os
import time
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app.model import Model
from app.schema import Answer
from app.schema import Request as Asked

log = logging.getLogger("inference")
FOLDER = Path(os.environ.get("MODEL_DIR", Path(__file__).parent.parent / "model"))
logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(name)s %(message)s")


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Load the model before the first request; readiness says no until then, and for ever if it cannot be loaded."""
    app.state.model, app.state.requests, app.state.faults = None, 0, 0
    try:
        app.state.model = Model(FOLDER)
    except Exception:
        log.exception("The model in %s cannot be used.", FOLDER)
    yield


app = FastAPI(title="Inference API", version="1.0.0", lifespan=lifespan)


@app.middleware("http")
async def measure(request: Request, call_next):
    """Log one line a request, without its body: inputs may be personal data."""
    start = time.perf_counter()
    response: Response = await call_next(request)
    took = (time.perf_counter() - start) * 1000
    if request.url.path == "/predict":
        app.state.requests += 1
        app.state.faults += response.status_code >= 400
        log.info("%s %s %s %.1f ms", request.method, request.url.path, response.status_code, took)
    return response


@app.exception_handler(RequestValidationError)
async def refused(_request: Request, error: RequestValidationError):
    """Say what is wrong and where, without the input: it may be personal, or infinite, which JSON can't carry."""
    told = [{key: one[key] for key in ("loc", "msg", "type")} for one in error.errors()]
    return JSONResponse({"detail": told}, status_code=422)


@app.exception_handler(Exception)
async def unforeseen(_request: Request, error: Exception):
    """Tell the log everything and the caller nothing: a stack trace helps attackers."""
    log.error("Unforeseen", exc_info=error)
    return JSONResponse({"detail": "The service failed; the log knows why."}, status_code=500)


@app.get("/healthz")
def healthz():
    """Liveness: the process answers. A restart would not mend a missing model, so that is not asked here."""
    return {"status": "alive"}


@app.get("/readyz")
def readyz():
    """Readiness: there is a model to answer with."""
    if app.state.model is None:
        raise HTTPException(503, "There is no model.")
    return {"status": "ready", "model_version": app.state.model.card["version"]}


@app.post("/predict")
def predict(asked: Asked) -> Answer:
    """Classify the rows. FastAPI runs this in a thread, so that a slow model does not stop the probes."""
    model = app.state.model
    if model is None:
        raise HTTPException(503, "There is no model.")
    rows = [row.model_dump() for row in asked.rows]
    return Answer(model_version=model.card["version"], predictions=model.predict(rows))


@app.get("/metrics")
def metrics():
    """Counters in the text format that Prometheus reads."""
    lines = [
        "# TYPE inference_requests_total counter",
        f"inference_requests_total {app.state.requests}",
        "# TYPE inference_faults_total counter",
        f"inference_faults_total {app.state.faults}",
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
